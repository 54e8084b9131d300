//! The material that [`Paint`](super::paint::Paint) is drawn with, and the one mesh it fills.
//!
//! Colours are premultiplied: one draw call mixes solid shapes (alpha 1), veils (alpha below 1)
//! and light (alpha 0, which only adds).

use bevy::asset::{RenderAssetUsages, embedded_asset};
use bevy::camera::visibility::NoFrustumCulling;
use bevy::mesh::{Indices, MeshVertexBufferLayoutRef, PrimitiveTopology, VertexAttributeValues};
use bevy::prelude::*;
use bevy::render::render_resource::{
    AsBindGroup, BlendState, RenderPipelineDescriptor, SpecializedMeshPipelineError,
};
use bevy::shader::ShaderRef;
use bevy::sprite_render::{AlphaMode2d, Material2d, Material2dKey, Material2dPlugin};

use super::paint::Paint;

pub(super) fn plugin(app: &mut App) {
    embedded_asset!(app, "ink.wgsl");
    app.add_plugins(Material2dPlugin::<Ink>::default())
        .add_systems(Startup, spawn_sheet);
}

/// Vertex colours, premultiplied, and nothing else.
#[derive(Asset, AsBindGroup, TypePath, Clone, Default)]
pub(super) struct Ink {}

impl Material2d for Ink {
    fn fragment_shader() -> ShaderRef {
        "embedded://game/view/ink.wgsl".into()
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

/// The mesh that shows the frame's paint.
#[derive(Component)]
pub(super) struct Sheet;

fn spawn_sheet(
    mut commands: Commands,
    mut meshes: ResMut<Assets<Mesh>>,
    mut inks: ResMut<Assets<Ink>>,
) {
    let mesh = Mesh::new(
        PrimitiveTopology::TriangleList,
        RenderAssetUsages::default(),
    )
    .with_inserted_attribute(Mesh::ATTRIBUTE_POSITION, vec![[0.0_f32; 3]; 3])
    .with_inserted_attribute(Mesh::ATTRIBUTE_COLOR, vec![[0.0_f32; 4]; 3])
    .with_inserted_indices(Indices::U32(vec![0, 1, 2]));
    commands.spawn((
        Sheet,
        Mesh2d(meshes.add(mesh)),
        MeshMaterial2d(inks.add(Ink::default())),
        NoFrustumCulling,
    ));
}

/// Moves the frame's paint into the mesh; both keep their buffers from frame to frame.
pub(super) fn show_paint(
    paint: Res<Paint>,
    sheet: Single<&Mesh2d, With<Sheet>>,
    mut meshes: ResMut<Assets<Mesh>>,
) {
    let Some(mut mesh) = meshes.get_mut(&sheet.0) else {
        return;
    };
    if let Some(VertexAttributeValues::Float32x3(positions)) =
        mesh.attribute_mut(Mesh::ATTRIBUTE_POSITION)
    {
        positions.clone_from(&paint.positions);
    }
    if let Some(VertexAttributeValues::Float32x4(colours)) =
        mesh.attribute_mut(Mesh::ATTRIBUTE_COLOR)
    {
        colours.clone_from(&paint.colours);
    }
    if let Some(Indices::U32(indices)) = mesh.indices_mut() {
        indices.clone_from(&paint.indices);
    }
}
