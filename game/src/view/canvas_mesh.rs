//! The mesh that shows a frame's [`Canvas`], its material, and the camera.
//!
//! Colours are premultiplied: one draw call mixes solid shapes (alpha 1), veils (alpha below 1)
//! and light (alpha 0, which only adds). It needs a renderer.

use bevy::asset::{RenderAssetUsages, embedded_asset};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::{Indices, MeshVertexBufferLayoutRef, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, BlendState, RenderPipelineDescriptor, SpecializedMeshPipelineError,
};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey, Material2dPlugin};

use super::canvas::Canvas;
use crate::state::FrameSystems;

pub(crate) fn plugin(app: &mut App) {
    embedded_asset!(app, "canvas.wgsl");
    app.add_plugins(Material2dPlugin::<CanvasMaterial>::default())
        .add_systems(Startup, (spawn, spawn_camera))
        .add_systems(Update, show.in_set(FrameSystems::Show));
}

fn spawn_camera(mut commands: Commands) {
    // Strokes bring their own soft edges.
    commands.spawn((Camera2d, Msaa::Off));
}

/// Vertex colours, premultiplied, and nothing else.
#[derive(Asset, AsBindGroup, TypePath, Clone, Default)]
struct CanvasMaterial {}

impl Material2d for CanvasMaterial {
    fn fragment_shader() -> ShaderRef {
        "embedded://game/view/canvas.wgsl".into()
    }

    fn alpha_mode(&self) -> AlphaMode2d {
        AlphaMode2d::Blend
    }

    fn specialize(
        descriptor: &mut RenderPipelineDescriptor,
        _layout: &MeshVertexBufferLayoutRef,
        _key: Material2dKey<Self>,
    ) -> Result<(), SpecializedMeshPipelineError> {
        for target in descriptor
            .fragment
            .iter_mut()
            .flat_map(|fragment| fragment.targets.iter_mut().flatten())
        {
            target.blend = Some(BlendState::PREMULTIPLIED_ALPHA_BLENDING);
        }
        Ok(())
    }
}

/// The mesh that shows the frame's canvas.
#[derive(Component)]
struct CanvasMesh;

fn spawn(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut materials: ResMut<Assets<CanvasMaterial>>,
) {
    let mesh = Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, vec![[0.0_f32; 3]; 3])
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, vec![[0.0_f32; 4]; 3])
    .with_inserted_indices(Indices::U32(vec![0, 1, 2]));
    commands.spawn((
        CanvasMesh,
        Mesh2d(meshes.add(mesh)),
        MeshMaterial2d(materials.add(CanvasMaterial::default())),
        NoFrustumCulling,
    ));
}

/// Copies the frame's canvas into the mesh; both keep their buffers from frame to frame.
fn show(
    canvas: Res<Canvas>,
    mesh: Single<&Mesh2d, With<CanvasMesh>>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    let Some(mut mesh) = meshes.get_mut(&mesh.0) else {
        return;
    };
    if let Some(VertexAttributeValues::Float32x3(positions)) =
        mesh.attribute_mut(Mesh::ATTRIBUTE_POSITION)
    {
        positions.clone_from(&canvas.positions);
    }
    if let Some(VertexAttributeValues::Float32x4(colours)) =
        mesh.attribute_mut(Mesh::ATTRIBUTE_COLOR)
    {
        colours.clone_from(&canvas.colours);
    }
    if let Some(Indices::U32(indices)) = mesh.indices_mut() {
        indices.clone_from(&canvas.indices);
    }
}
